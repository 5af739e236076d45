"""`verify`: prove on small random cases that a compiled spec means what its equations say."""

from rnndsl.verify.report import Line as Line
from rnndsl.verify.report import Report as Report
from rnndsl.verify.verify import verify as verify
