;; C09: a text that is none.
(import "roundsman:check/logging@0.1.0" "log" (func $log (param i32 i32 i32)))
(memory (export "memory") 1)
(data (i32.const 8) "\ff\fe")
(func (export "run") (param i32 i32) (result i32)
  (call $log (i32.const 1) (i32.const 8) (i32.const 2))
  (i32.const 0))
