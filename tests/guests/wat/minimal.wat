;; Nothing of its own: a check that reports one metric, as small as one can be.
