;; C09: a list longer than memory.
(func (export "run") (param i32 i32) (result i32) (i32.const 2048))
(data (i32.const 2048) (i32 0 0  0  0 0  8 0x7fffffff  0 0  0 0  0 0))
