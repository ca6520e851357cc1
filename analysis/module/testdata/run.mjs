// Runs the module under Node's own WASI, an independent runtime.
// usage: node run.mjs MODULE.wasm FOLDER    FOLDER holds run/, in/, out/, scratch/
import { readFile } from 'node:fs/promises';
import { WASI } from 'node:wasi';
import process from 'node:process';

const [, , file, folder] = process.argv;
const wasi = new WASI({ version: 'preview1', args: ['custos-steps'], env: {}, preopens: { '/': folder }, returnOnExit: true });
const module = await WebAssembly.compile(await readFile(file));
const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
process.exitCode = wasi.start(instance);
