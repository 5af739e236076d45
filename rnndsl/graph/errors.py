"""The error of a graph that breaks the rules of the representation."""


class GraphError(Exception):
    """A bug of the compiler, never the author's fault: a graph that is not well formed.

    Args:
        message: What is wrong.
        node: The id of the node it is about, if it is about one.
    """

    def __init__(self, message: str, node: int | None = None) -> None:
        """Keep the node's id and put it in front of the message."""
        self.node = node
        super().__init__(message if node is None else f"node %{node}: {message}")


class NotCutError(Exception):
    """A model cannot be cut into segments: says why, and names the line."""
