"""What a test program imports: `from harness import *` (see tap.py, server.py, charts.py)."""
from charts import (CHARTS, chart, chart_of_size, chart_yaml, digest, form, multipart, provenance,
                    real_charts, tar, tgz)
from server import (PROGRAM, SANITIZED, Server, UnixLink, as_owner, clean_environment, command, free_port,
                    holds, make_repo, metric, must, open_catalog, rendered, responses)
from tap import (LONG, TOP, Skip, cleanup, contains, equal, main, need, one_of, settled, table, temporary,
                 test)

__all__ = [name for name in dir() if not name.startswith("_")]
