#version 330

// A ribbon's core and the halo around it, both smooth; what passes through it is brighter for a moment.

uniform vec4 u_look[5];  // as in edge.vert

noperspective in vec4 v_ribbon;
flat in vec4 v_color;
in float v_flow;

out vec4 o_color;  // premultiplied

void main()
{
    float distance = abs(v_ribbon.x);
    float core = clamp(v_ribbon.y + 0.5 - distance, 0.0, min(1.0, 2.0 * v_ribbon.y));
    float halo = max(1.0 - distance / v_ribbon.z, 0.0);
    float pulse = (v_flow - u_look[1].x) * u_look[1].y;
    pulse = u_look[1].z * max(1.0 - pulse * pulse, 0.0);
    float light = u_look[2].w;
    float alpha = v_color.a * (core + 0.30 * halo * halo) * (1.0 - mix(0.7, 0.35, u_look[1].w) * v_ribbon.w) * (1.0 + 1.5 * pulse);
    vec3 color = mix(v_color.rgb, vec3(1.0 - light), 0.5 * pulse * pulse);
    alpha = min(alpha, 1.0);
    // On a dark stage it shines a little rather than covers.
    o_color = vec4(color * alpha, alpha * mix(0.75, 1.0, light));
}
