#version 330

// One instance = one class: a bar beside its output neuron that grows with the probability.

uniform mat4 p3d_ModelViewProjectionMatrix;
uniform vec4 u_bars[16];  // x: probability as shown 0..1; y: local z of its middle; z, w: unused
uniform vec4 u_bar;       // x: local x of its foot; y: full length; z: thickness; w: presence 0..1
in vec4 p3d_Vertex;       // corners: x, z in -0.5..0.5

out vec2 v_at;            // scene units from the foot's middle
flat out float v_length;
flat out float v_winner;

void main()
{
    vec4 bar = u_bars[gl_InstanceID];
    float reach = u_bar.y + 2.0;
    v_at = vec2((p3d_Vertex.x + 0.5) * reach - 1.0, p3d_Vertex.z * (u_bar.z + 2.0));
    v_length = max(bar.x * u_bar.y, 0.0);
    v_winner = bar.z;
    gl_Position = p3d_ModelViewProjectionMatrix * vec4(u_bar.x + v_at.x, 0.0, bar.y + v_at.y, 1.0);
}
