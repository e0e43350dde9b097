;; C02: one instruction that writes 64 MiB, again and again.
(memory (export "memory") 1024)
(func (export "run") (param i32 i32) (result i32)
  (loop
    (memory.fill (i32.const 0) (i32.const 7) (i32.const 0x4000000))
    (br 0))
  (unreachable))
