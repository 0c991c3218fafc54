// The same as lease.test.js, with PostgreSQL as the store.
process.env.DRAGOMAN_STORE = "postgres";
await import("./lease.test.js");
