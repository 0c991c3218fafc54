// The same as admin.test.js, with PostgreSQL as the store.
process.env.DRAGOMAN_STORE = "postgres";
await import("./admin.test.js");
