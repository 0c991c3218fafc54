// The same as introspection_revocation.test.js, with PostgreSQL as the store.
process.env.DRAGOMAN_STORE = "postgres";
await import("./introspection_revocation.test.js");
