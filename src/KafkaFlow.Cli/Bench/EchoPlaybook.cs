using System.Globalization;
using System.Text;

namespace KafkaFlow.Cli.Bench;

/// <summary>The playbook of the benchmarks: steps in a row, each hands a number to the worker and gets it
/// back.</summary>
internal static class EchoPlaybook
{
    public const string Path = "bench/echo";

    public static string Of(int steps)
    {
        var text = new StringBuilder($"""
            apiVersion: noetl.io/v1
            kind: Playbook
            metadata: {"{"}name: echo, path: {Path}{"}"}
            workload: {"{"}run: 0{"}"}
            workflow:

            """);
        for (var i = 1; i <= steps; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"- step: s{i}\n  tool: {BenchStack.NodeType}\n")
                .Append(CultureInfo.InvariantCulture, $"  args: {{n: {i}, run: \"{{{{ workload.run }}}}\"}}\n");
            if (i < steps) text.Append(CultureInfo.InvariantCulture, $"  next: [{{step: s{i + 1}}}]\n");
        }
        return text.ToString();
    }
}
