// The same as fanout_server.py with Node's socket.io, for comparison.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(process.argv[2] + "/");
const { Server } = require("socket.io");

const http = createServer();
const io = new Server(http, {
  transports: ["websocket"],
  perMessageDeflate: false,
  pingInterval: 300_000,
  pingTimeout: 300_000,
});
io.on("connection", (socket) => socket.on("join", () => socket.join("everyone")));

const pause = () => new Promise((resolve) => setImmediate(resolve));

async function blast(count, size) {
  for (let number = 0; number < count; number += 1) {
    io.to("everyone").emit("entry", { seq: number, text: "x".repeat(size) });
    await pause();
  }
}

http.listen(0, "127.0.0.1", 2048, () => console.log(http.address().port));
createInterface({ input: process.stdin }).on("line", async (line) => {
  const [word, count, size] = line.split(" ");
  if (word === "blast") {
    await blast(Number(count), Number(size));
  } else {
    const { user, system } = process.cpuUsage();
    console.log((user + system) / 1e6);
  }
});
