//! More branches than a composition takes.

use asim::prelude::*;

async fn join(env: &Environment) {
    asim!(AllOf(
        t01 = env.timeout(1.0),
        t02 = env.timeout(1.0),
        t03 = env.timeout(1.0),
        t04 = env.timeout(1.0),
        t05 = env.timeout(1.0),
        t06 = env.timeout(1.0),
        t07 = env.timeout(1.0),
        t08 = env.timeout(1.0),
        t09 = env.timeout(1.0),
        t10 = env.timeout(1.0),
        t11 = env.timeout(1.0),
        t12 = env.timeout(1.0),
        t13 = env.timeout(1.0),
        t14 = env.timeout(1.0),
        t15 = env.timeout(1.0),
        t16 = env.timeout(1.0),
        t17 = env.timeout(1.0),
        t18 = env.timeout(1.0),
        t19 = env.timeout(1.0),
        t20 = env.timeout(1.0),
        t21 = env.timeout(1.0),
        t22 = env.timeout(1.0),
        t23 = env.timeout(1.0),
        t24 = env.timeout(1.0),
        t25 = env.timeout(1.0),
        t26 = env.timeout(1.0),
        t27 = env.timeout(1.0),
        t28 = env.timeout(1.0),
        t29 = env.timeout(1.0),
        t30 = env.timeout(1.0),
        t31 = env.timeout(1.0),
        t32 = env.timeout(1.0),
        t33 = env.timeout(1.0),
        t34 = env.timeout(1.0),
    ))
    .await;
}

fn main() {}
