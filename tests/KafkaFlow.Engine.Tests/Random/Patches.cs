using KafkaFlow.Engine.Reference;

namespace KafkaFlow.Engine.Tests;

/// <summary>Random patches of a playbook, some of which do not apply.</summary>
internal static class Patches
{
    public static RunInput.Patch Of(Move move, ReferenceRun run)
    {
        var step = run.Graph.Steps[move.A % run.Graph.Steps.Count].Name;
        var other = run.Graph.Steps[move.C % run.Graph.Steps.Count].Name;
        var expected = move.B % 7 == 0 ? run.GraphVersion + 1 : run.GraphVersion;
        var replaced = $$$"""{"step":"{{{other}}}","when":"{{ result.k > {{{move.C % 10}}} }}"}""";
        var added = $$$"""{"op":"add","path":"/workflow/new{{{move.C}}}","value":{"tool":"work"}}""";
        var led = $$$"""{"op":"add","path":"/workflow/{{{step}}}/next","value":[{"step":"new{{{move.C}}}"}]}""";
        return new((move.B % 9) switch
        {
            0 => $$$"""[{"op":"add","path":"/workflow/{{{step}}}/args","value":{"p":"{{{move.C}}}"}}]""",
            1 => $$$"""[{"op":"remove","path":"/workflow/{{{step}}}/next/0"}]""",
            2 when step != "end" => $$$"""[{"op":"remove","path":"/workflow/{{{step}}}"}]""",
            3 => $$$"""[{"op":"add","path":"/workflow/{{{step}}}/next/-","value":{"step":"{{{other}}}"}}]""",
            4 or 5 => $"[{added},{led}]",
            6 => $$$"""[{"op":"replace","path":"/workflow/{{{step}}}/next/0","value":{{{replaced}}}}]""",
            7 => $$$"""[{"op":"add","path":"/workflow/{{{step}}}/join","value":"any"}]""",
            _ => """[{"op":"add","path":"/workflow/s0/nonsense","value":1}]""",
        }, expected);
    }
}
