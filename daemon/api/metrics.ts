// Figures for Prometheus. What makes them is loaded by the first scrape.
import type { Handler } from './context.ts';

export const metrics: Handler = async (context) => (await import('./metrics-scrape.ts')).answerMetrics(context);
