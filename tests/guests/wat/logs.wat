;; Uses one host call, and reports.
(import "roundsman:check/logging@0.1.0" "log" (func $log (param i32 i32 i32)))
(memory (export "memory") 1)
(data (i32.const 8) "was here")
(func (export "run") (param i32 i32) (result i32)
  (call $log (i32.const 1) (i32.const 8) (i32.const 8))
  (i32.const 2048))
(data (i32.const 2048) (i32 0 0  0  8 8  0 0  0 0  0 0  0 0))
