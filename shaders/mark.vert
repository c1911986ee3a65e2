#version 330

// One instance = one mark: a rectangle upright in its layer's plane, with room around it for its line and its glow.

uniform mat4 p3d_ModelViewMatrix;
uniform mat4 p3d_ProjectionMatrix;
uniform sampler2D u_marks;  // RGBA32F, four texels a mark, see mark_rows.py
uniform int u_shift;        // log2 of its width
uniform vec4 u_look[2];     // 0: width, height of the picture, its pixels for one at 720p, alpha of all marks 0..1
                            // 1 rgb: what surrounds lines, so that they are seen on any ground
in vec4 p3d_Vertex;         // corners: x, z in -0.5..0.5

out vec2 v_at;              // scene units from the middle, in the plane
flat out vec2 v_half;       // half its size, scene units
flat out vec4 v_color;
flat out vec4 v_line;       // style 0 fill, 1 frame, 2 ring; width of the line, pixels; glow 0..1; pixels for one at 720p

const float LIFT = 1.5;     // scene units by which fills come nearer to the eye, so that they lie on panels and not in them

vec4 fetch(int texel)
{
    return texelFetch(u_marks, ivec2(texel & ((1 << u_shift) - 1), texel >> u_shift), 0);
}

void main()
{
    vec4 place = fetch(4 * gl_InstanceID);
    vec4 shape = fetch(4 * gl_InstanceID + 1);
    v_color = fetch(4 * gl_InstanceID + 2);
    vec4 look = fetch(4 * gl_InstanceID + 3);
    float scale = u_look[0].z;
    v_color.a *= u_look[0].w;
    v_line = vec4(place.w, look.x * scale, look.y, scale);

    vec3 middle = (p3d_ModelViewMatrix * vec4(place.xyz, 1.0)).xyz;
    vec3 right = mat3(p3d_ModelViewMatrix) * vec3(shape.w, shape.z, 0.0);
    vec3 up = mat3(p3d_ModelViewMatrix) * vec3(0.0, 0.0, 1.0);
    float pixel = max(-middle.z, 0.01) * 2.0 / (p3d_ProjectionMatrix[1][1] * u_look[0].y);
    float facing = max(abs(dot(normalize(cross(right, up)), normalize(middle))), 0.15);

    v_half = max(shape.xy, vec2(look.z * scale * pixel));
    float room = place.w < 0.5 && look.y <= 0.0 ? 1.5 : v_line.y + (2.5 + 9.0 * look.y) * scale;
    v_at = sign(p3d_Vertex.xz) * (v_half + room * pixel / facing);
    vec3 view = middle + right * v_at.x + up * v_at.y;
    view *= 1.0 - min(LIFT / max(-view.z, 0.01), 0.2);
    gl_Position = p3d_ProjectionMatrix * vec4(view, 1.0);
    if (place.w > 0.5) {
        gl_Position.z = -0.999 * gl_Position.w;  // lines are in front of everything
    }
}
