;; C14, C15: a check that also imports the clock of WASI.
(import "wasi:clocks/monotonic-clock@0.2.6" "now" (func $now (result i64)))
