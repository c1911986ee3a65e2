// The stage's colours, shared by all that stands on it.

uniform vec4 u_stage[6];  // 0 rgb: horizon, w: unused; 1 rgb: zenith, w: floor's presence 0..1
                          // 2 rgb: floor near, w: 1 on a light stage; 3 rgb: panel, w: unused; 4 rgb: rim; 5 rgb: accent
