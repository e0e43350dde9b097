;; C08, C28: one text of 60,000 bytes, 20,000 times among the details: 1.2 GB for the host, four pages here.
(memory (export "memory") 8)
(func (export "run") (param i32 i32) (result i32)
  (local $item i32)
  (memory.fill (i32.const 0x10000) (i32.const 0x78) (i32.const 60000))
  (local.set $item (i32.const 0x20000))
  (loop
    (i32.store (local.get $item) (i32.const 0x10000))
    (i32.store offset=4 (local.get $item) (i32.const 60000))
    (br_if 0 (i32.lt_u (local.tee $item (i32.add (local.get $item) (i32.const 8))) (i32.const 0x47100))))
  (i32.const 2048))
(data (i32.const 2048) (i32 0 0  0  0 0  0x20000 20000  0 0  0 0  0 0))
