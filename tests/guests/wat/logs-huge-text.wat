;; C08: one line of 100 MiB, which its own memory may hold and the host may not copy.
(import "roundsman:check/logging@0.1.0" "log" (func $log (param i32 i32 i32)))
(memory (export "memory") 1600)
(func (export "run") (param i32 i32) (result i32)
  (call $log (i32.const 1) (i32.const 0) (i32.const 0x6400000))
  (unreachable))
