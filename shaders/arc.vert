#version 330

// One instance = one straight piece of a line from layer to layer; it faces the camera, its width in pixels.

#pragma include "stage.glsl"

uniform mat4 p3d_ModelViewMatrix;
uniform mat4 p3d_ProjectionMatrix;
uniform sampler2D u_arcs;  // RGBA32F, three texels a piece: start xyz, share of the line before it; end xyz, share; colour, alpha
uniform vec4 u_arc;        // x: log2 of the texture's width; y: height of the picture; z: half the line's width, pixels
in vec4 p3d_Vertex;        // x: -0.5 at the start, 0.5 at the end; z: -0.5 and 0.5 on the sides

noperspective out float v_across;  // pixels from the middle
out float v_along;                 // 0 where the line begins .. 1 at its end
flat out vec4 v_color;

vec4 fetch(int texel)
{
    int shift = int(u_arc.x);
    return texelFetch(u_arcs, ivec2(texel & ((1 << shift) - 1), texel >> shift), 0);
}

void main()
{
    vec4 start = fetch(3 * gl_InstanceID);
    vec4 end = fetch(3 * gl_InstanceID + 1);
    v_color = fetch(3 * gl_InstanceID + 2);
    float t = p3d_Vertex.x + 0.5;
    vec3 view = (p3d_ModelViewMatrix * vec4(mix(start.xyz, end.xyz, t), 1.0)).xyz;
    vec3 along = mat3(p3d_ModelViewMatrix) * (end.xyz - start.xyz);
    vec3 side = cross(along, view);
    side /= max(length(side), 1e-9);
    float pixel = max(-view.z, 0.01) * 2.0 / (p3d_ProjectionMatrix[1][1] * u_arc.y);
    v_across = p3d_Vertex.z * 2.0 * (u_arc.z + 1.0);
    v_along = mix(start.w, end.w, t);
    // Half a pixel longer at both ends, so that there is no crack between two pieces.
    view += normalize(along + vec3(1e-9)) * (p3d_Vertex.x * pixel) + side * (v_across * pixel);
    gl_Position = v_color.a <= 0.0 ? vec4(0.0, 0.0, 0.0, 1.0) : p3d_ProjectionMatrix * vec4(view, 1.0);
}
