;; C09: an outcome at an odd address.
(func (export "run") (param i32 i32) (result i32) (i32.const 2049))
