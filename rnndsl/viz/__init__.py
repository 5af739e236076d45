"""Drawing a model: folded, with a black square on every delay, and unfolded; SVG, DOT and Mermaid."""
