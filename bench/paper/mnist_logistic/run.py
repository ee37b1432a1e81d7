"""Remove samples one after another from multinomial logistic regression, trained on MNIST.

python -m bench.paper.mnist_logistic.run --small         bundled digits, a few minutes
python -m bench.paper.mnist_logistic.run --data FOLDER   the four IDX files of MNIST, hours
"""

from pathlib import Path

from bench.paper import mnist

if __name__ == "__main__":
    mnist.main(Path(__file__).resolve().parent, __doc__)
