//! stub
use crate::calls::*;
use crate::calls::deny::DenyAll;
pub struct Files;
impl Files { pub fn call(&mut self, r:&Request)->Reply{ DenyAll.call(r.clone(),0).unwrap() } }
