// The stage's colours, shared by all that stands on it.

uniform vec4 u_stage[6];  // 0 rgb: horizon and fog, w: fog density per unit; 1 rgb: zenith, w: floor's presence 0..1
                          // 2 rgb: floor near, w: 1 on a light stage; 3 rgb: panel, w: unused; 4 rgb: rim; 5 rgb: accent

float fog_share(float distance_to_eye, float near)  // 0 near .. 1 far
{
    return 1.0 - exp(-max(distance_to_eye - near, 0.0) * u_stage[0].w);
}
