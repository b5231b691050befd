import { createContext } from 'react';

/** Whether this is shown because the reader has answered. */
export const Answered = createContext(false);
