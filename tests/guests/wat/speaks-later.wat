;; Made for a later version of the contract: a descriptor with keys, a type and a capability of its own, and a failure with an
;; error code and keys that this version does not have.
(memory (export "memory") 1)
(func (export "describe") (result i32) (i32.const 4096))
(data (i32.const 4096) (i32 4104 336))
(data (i32.const 4104) "{\22name\22:\22later\22,\22version\22:\220.1.0\22,\22summary\22:\22speaks a later contract\22,\22icon\22:\22x\22,\22options\22:[{\22key\22:\22peer\22,\22help\22:\22who to ask\22,\22type\22:\22ip_address\22,\22default\22:\22::1\22,\22shape\22:{\22of\22:\22peer\22}}],\22metrics\22:[{\22name\22:\22beats\22,\22help\22:\22of the heart\22,\22origin\22:\22chest\22}],\22needs\22:[{\22capability\22:\22network\22,\22host\22:\22example.org\22,\22port\22:25,\22reason\22:\22mail\22}]}")
(func (export "run") (param i32 i32) (result i32) (i32.const 2048))
(data (i32.const 2048) (i32 1 0  3072 18)
  ;; The cause: the host's error, one that this version has no case for.
  (i32 1 0  5 0)
  (i32 3090 14  3104 14  3200 1)
  (i32 0 0)
  ;; Keys of the failure.
  (i32 3200 1))
(data (i32.const 3072) "the queue is full." "quota-exceeded" "over its quota")
(data (i32.const 3200) (i32 3216 6  3222 4))
(data (i32.const 3216) "filled" "100%")
