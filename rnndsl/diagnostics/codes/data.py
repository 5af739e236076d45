"""Findings about data given to a program: RNN6xx."""

from typing import Final

from rnndsl.diagnostics.codes.entry import Code

DATA_CODES: Final[tuple[Code, ...]] = (
    Code(
        "RNN601",
        "an input is missing, or a name is unknown",
        "The data must have one array for every input and target that the model declares, under the same name, and no "
        "others. Names are case-sensitive.",
    ),
    Code(
        "RNN602",
        "the data has the wrong type",
        "Tokens are whole numbers; everything else is real numbers. Booleans, complex numbers, objects, float16 and "
        "foreign byte orders are refused instead of being converted behind your back: convert them with "
        "`array.astype(...)` first.",
    ),
    Code(
        "RNN603",
        "the data has the wrong shape",
        "Arrays are batch first: [B, T, size] for vectors over a sequence, [B, T] for tokens and scalars, [B, size] "
        "without an index; a fixed range adds an axis. A ragged batch is a list of B arrays. Data of a tree's nodes "
        "are [nodes, size] per example; data of edges `[n, k]`, with `k : children(n)`, are [edges, size], node by "
        "node in the order of the children.",
    ),
    Code(
        "RNN604",
        "a length does not fit",
        "Every example has one length per sequence index, from 0 to the length of the padded array, and all inputs "
        "over one index agree in it. Along a tree or dag the lengths are the numbers of nodes, which the structure "
        "says; an input over several sequences, such as an image, has at least one point along each.",
    ),
    Code(
        "RNN605",
        "a token lies outside its vocabulary",
        "Tokens of `token(n)` are 0 to n - 1. A negative number means that the token is absent; it never counts from "
        "the end.",
    ),
    Code(
        "RNN606",
        "the data holds NaN or infinity",
        "A number that is not finite would spread through every state after it. Only a target may hold NaN, which says "
        "that this point is not scored.",
    ),
    Code(
        "RNN607",
        "the data file cannot be read",
        "Data comes as text (`.txt`, or any other ending), NumPy arrays (`.npz`, without pickled objects) or JSON "
        "lines (`.jsonl`, one example per line), each also compressed with gzip (`.gz`, text and JSON lines).",
    ),
    Code(
        "RNN608",
        "text cannot feed this model",
        "A text is one long sequence of tokens. It feeds a model with a single token target over one sequence, and it "
        "feeds an input and a target of the same vocabulary (the input reads the text, the target what follows). Other "
        "models take `.npz` or `.jsonl`.",
    ),
    Code(
        "RNN609",
        "there is too little data",
        "After the held-out part is taken away, there must be at least one example, or for a text at least one step "
        "for each of the parallel streams.",
    ),
    Code(
        "RNN610",
        "a dimension is open, or the data contradicts it",
        "Dimensions without a value are taken from the data where a token's vocabulary or an array's size shows them; "
        "all others are set with `--set name=value`. Data that shows another size than the one given is refused.",
    ),
    Code(
        "RNN611",
        "a symbol is unknown",
        "The table of symbols is made once, from the data that a model is trained on, and is kept in its checkpoints. "
        "A symbol that is not in it cannot be scored.",
    ),
    Code(
        "RNN612",
        "an operation has no value on this data",
        "The largest or smallest of no points is not a number. Give every example at least one point, or use a sum or "
        "mean, which are 0 over nothing. Leaves have no children: say `... if leaf(n) else max(...)`.",
    ),
    Code(
        "RNN613",
        "an argument of a call is not valid",
        "Backend, dtype, seed, dimensions and the like have to be those that this version and model know. A seed "
        "is a whole number from 0 to 2^64 - 1; a dimension that shapes the model itself is given when compiling; "
        "gradients need a model with a loss. Backend cupy computes on an NVIDIA GPU, and nowhere else.",
    ),
    Code(
        "RNN614",
        "this model cannot be run in chunks",
        "A model that looks ahead, or that reduces over a whole sequence, needs all of a sequence at once: it takes no "
        "`carry`. Any other takes {} at first, then what the call before has returned for the same examples; of a grid "
        "that is run row by row, every row is as long as the one before.",
    ),
    Code(
        "RNN615",
        "the structure of a tree or dag does not fit",
        'A model with `index n : tree` or `index n : dag` is called with `structure={"n": [...]}`: one entry per '
        "example, which lists for every node the positions of its children, in order. The nodes may stand in any order "
        "and count from 0: `[[1, 2], [], []]` is a root with two leaves. A position outside is refused; none counts "
        "from the end. In `.jsonl` the children stand under the index's name.",
    ),
    Code(
        "RNN616",
        "nodes are children of one another",
        "Children are evaluated before their parents, so no node may be below itself: the path that the message shows "
        "leads from parent to child and back to where it began.",
    ),
    Code(
        "RNN617",
        "the structure is not a tree, or has several roots",
        "In a tree every node but one, the root, is the child of just one node, once. Where nodes are shared, declare "
        "`index n : dag`: its nodes may be children of several nodes, and of one node twice. A dag may have several "
        "roots, unless the model reads the root.",
    ),
    Code(
        "RNN618",
        "a point lies outside its index set",
        "Data of `point(s)` are positions of points of the example's own `s`, from 0 to one less than its length. A "
        "negative number means that no point is named; it never counts from the end.",
    ),
    Code(
        "RNN619",
        "an equation gave a number that is not finite",
        "With `finite=True` a result that holds NaN or infinity is refused, and the first equation that made it out of "
        "finite numbers is named with the point: a logarithm of a negative number, a division by 0, a state that grows "
        "beyond the largest number. An infinite result that `infinity` in the spec makes is no mistake.",
    ),
)
