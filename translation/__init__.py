"""Text in, text out: languages, model catalogue, engines, segmentation, guards. Knows nothing of Ray, SQL or HTTP."""
