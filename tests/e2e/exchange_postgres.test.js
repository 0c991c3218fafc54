// The same as exchange.test.js, with PostgreSQL as the store.
process.env.DRAGOMAN_STORE = "postgres";
await import("./exchange.test.js");
