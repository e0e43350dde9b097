//! Sorting, once for all types: each type that `slice::sort` is used for is 5 to 9 KB of a component.

use std::cmp::Ordering;

/// Returns the places of `length` things in their order, equal ones as they came.
pub(crate) fn places(length: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..length).collect();
    // Heap sort of the standard library: small, and never slow.
    places.sort_unstable_by(|one, other| compare(*one, *other).then(one.cmp(other)));
    places
}

/// Labels in the order of their names: two series are the same whatever order their labels came in.
pub(crate) fn labels(labels: &[(String, String)]) -> Vec<&(String, String)> {
    places(labels.len(), &|one, other| labels[one].cmp(&labels[other])).into_iter().map(|at| &labels[at]).collect()
}
