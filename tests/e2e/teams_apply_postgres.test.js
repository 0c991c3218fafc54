// The same as teams_apply.test.js, with PostgreSQL as the store.
process.env.DRAGOMAN_STORE = "postgres";
await import("./teams_apply.test.js");
