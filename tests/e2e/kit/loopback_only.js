// Loaded before a foreign server that would listen on all interfaces (node --import): it listens on loopback only.
import { Server } from "node:net";

const listen = Server.prototype.listen;
Server.prototype.listen = function (port, ...rest) {
  const options = typeof port === "object" ? { ...port, host: "127.0.0.1" } : { port: Number(port), host: "127.0.0.1" };
  return listen.call(this, options, ...rest.filter((argument) => typeof argument === "function"));
};
