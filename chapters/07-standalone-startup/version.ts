/** What this server says it is: the release of ZooKeeper whose behaviour it has, then its own name and release. */
export const VERSION = '3.9.4-zoowalk-0.1.0';
