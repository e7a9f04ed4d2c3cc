//! What the handles of a queue, a priority queue and a store have in common: how they are cloned,
//! compared, watched and shown.

/// Implements `Clone`, `PartialEq`, `Eq`, `Watched` and `Debug` for a handle with the field `buffer`, whose
/// items have these bounds.
macro_rules! impl_handle {
    ($Handle:ident, $($bound:tt)+) => {
        impl<T: $($bound)+> Clone for $Handle<T> {
            fn clone(&self) -> Self {
                $Handle { buffer: Rc::clone(&self.buffer) }
            }
        }

        impl<T: $($bound)+> PartialEq for $Handle<T> {
            /// Returns `true` if both are handles of the same thing, whatever is in it.
            fn eq(&self, other: &Self) -> bool {
                Rc::ptr_eq(&self.buffer, &other.buffer)
            }
        }

        impl<T: $($bound)+> Eq for $Handle<T> {}

        impl<T: $($bound)+> $crate::wait::watch::Watched for $Handle<T> {
            fn watchers(&self) -> &$crate::engine::watchers::Watchers {
                &self.buffer.watchers
            }

            fn watched_kernel(&self) -> &$crate::engine::kernel::Kernel {
                &self.buffer.kernel
            }
        }

        impl<T: $($bound)+> std::fmt::Debug for $Handle<T> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut shown = f.debug_struct(stringify!($Handle));
                if let Some(name) = self.buffer.watchers.name() {
                    shown.field("name", &name);
                }
                shown.field("len", &self.len()).field("capacity", &self.capacity()).finish()
            }
        }
    };
}

pub(crate) use impl_handle;
