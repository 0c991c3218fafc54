// The same as kill.test.js, with PostgreSQL as the store.
process.env.DRAGOMAN_STORE = "postgres";
await import("./kill.test.js");
