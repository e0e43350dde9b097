;; C09: a status that the contract does not have.
(func (export "run") (param i32 i32) (result i32) (i32.const 2048))
(data (i32.const 2048) (i32 0 0  99  0 0  0 0  0 0  0 0  0 0))
