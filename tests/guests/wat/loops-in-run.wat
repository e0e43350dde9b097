;; C01
(func (export "run") (param i32 i32) (result i32)
  (loop (br 0))
  (unreachable))
