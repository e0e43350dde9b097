;; C09: a text that ends outside of memory.
(import "roundsman:check/logging@0.1.0" "log" (func $log (param i32 i32 i32)))
(memory (export "memory") 1)
(func (export "run") (param i32 i32) (result i32)
  (call $log (i32.const 1) (i32.const 0xfff0) (i32.const 0x7fffffff))
  (i32.const 0))
