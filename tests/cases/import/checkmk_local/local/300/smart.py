#!/usr/bin/python3
print("0 smart - fine")
