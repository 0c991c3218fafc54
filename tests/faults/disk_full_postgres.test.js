// The same as disk_full.test.js, with PostgreSQL as the store: the disk is its server's.
process.env.DRAGOMAN_STORE = "postgres";
await import("./disk_full.test.js");
