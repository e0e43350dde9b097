;; C03, C18: 64 KiB a line, for ever.
(import "roundsman:check/logging@0.1.0" "log" (func $log (param i32 i32 i32)))
(memory (export "memory") 2)
(func (export "run") (param i32 i32) (result i32)
  (memory.fill (i32.const 0) (i32.const 0x78) (i32.const 0x10000))
  (loop
    (call $log (i32.const 1) (i32.const 0) (i32.const 0x10000))
    (br 0))
  (unreachable))
