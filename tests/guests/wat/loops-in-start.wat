;; C01: before any export is called.
(func $start (loop (br 0)))
(start $start)
