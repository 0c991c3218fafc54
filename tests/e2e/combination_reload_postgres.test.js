// The same as combination_reload.test.js, with PostgreSQL as the store.
process.env.DRAGOMAN_STORE = "postgres";
await import("./combination_reload.test.js");
