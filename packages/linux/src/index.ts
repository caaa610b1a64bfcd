// linux: the only package that touches a real host.
export {};
