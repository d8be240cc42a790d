// Where the page begins.
import './style/page.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { applyTheme } from './theme.ts';

applyTheme();
const place = document.querySelector('#page');
if (place !== null) render(<App />, place);
