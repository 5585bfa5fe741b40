//! Containers: a file for each verb between create and remove.
