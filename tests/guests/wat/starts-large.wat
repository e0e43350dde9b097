;; C05: 60,000 pages from the start.
(memory (export "memory") 60000)
